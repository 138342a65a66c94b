#!/bin/sh
# SPDX-License-Identifier: MIT
# deb.sh VERSION OUT: makes the Debian package from this tree, built before by
# make. Uses dpkg-deb and dpkg-shlibdeps alone; times come from the last commit
# so that the same tree gives the same package.
set -eu
version=$1
out=$2
here=$(cd "$(dirname "$0")" && pwd)
arch=$(dpkg --print-architecture)
stage=$out/deb
# An archive's .commit is as old as its commit.
epoch=${SOURCE_DATE_EPOCH:-$(stat -c %Y .commit 2>/dev/null ||
    git log -1 --format=%ct 2>/dev/null || echo 0)}
rm -rf "$stage"
mkdir -p "$stage/root/DEBIAN" "$stage/debian"
root=$stage/root

# A make of its own: no job of the one that called it.
MAKEFLAGS= make -s install DESTDIR="$root" PREFIX=/usr \
    ZSH="$root/usr/share/zsh/vendor-completions"
strip --strip-unneeded "$root/usr/bin/mailscope"

cd "$stage"
printf 'Source: mailscope\n\nPackage: mailscope\nArchitecture: any\n' \
    >debian/control
depends=$(dpkg-shlibdeps -O root/usr/bin/mailscope 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
rm -r debian

doc=$root/usr/share/doc/mailscope
mkdir -p "$doc"
{
    printf 'mailscope, an SMTP test sink.\n\n'
    cat "$here/../../LICENSE"
} >"$doc/copyright"
{
    printf 'mailscope (%s) unstable; urgency=low\n\n' "$version"
    printf '  * See the history of the source.\n\n'
    printf ' -- mailscope <maintainers@mailscope.test>  %s\n' \
        "$(date -u -R -d "@$epoch")"
} | gzip -9n >"$doc/changelog.gz"

cat >"$root/DEBIAN/control" <<X
Package: mailscope
Version: $version
Architecture: $arch
Maintainer: mailscope <maintainers@mailscope.test>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends
Recommends: ca-certificates
Section: mail
Priority: optional
Description: SMTP test sink that keeps the whole conversation
 Point an application at localhost:2525: mailscope accepts its mail, delivers
 nothing, and keeps each message byte for byte together with the SMTP session
 that brought it, failed ones too. A page shows messages, headers, parts and
 the exact commands with their times; an HTTP interface lets tests wait for
 mail and assert on it.
X
for script in postinst prerm postrm; do
    install -m 755 "$here/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find usr lib -type f 2>/dev/null | LC_ALL=C sort |
    xargs md5sum >DEBIAN/md5sums)
find "$root" -exec touch -h -d "@$epoch" {} +
file=$out/mailscope_${version}_$arch.deb
SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zxz --build "$root" \
    "$file" >/dev/null
rm -rf "$stage"
echo "$file"
