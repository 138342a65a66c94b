#!/bin/sh
# SPDX-License-Identifier: MIT
# collect.sh PROGRAM DIR: puts into DIR what PROGRAM needs to run alone: itself,
# the shared libraries it links, iconv's tables, a user, a place for data.
set -eu
program=$1
dir=$2

# Copies a file with every link on the way to it, at the same path.
take() {
    at=$1
    while :; do
        mkdir -p "$dir$(dirname "$at")"
        if [ -L "$at" ]; then
            cp -P "$at" "$dir$at"
            at=$(cd "$(dirname "$at")" && realpath -s "$(readlink "$at")")
        else
            [ -e "$dir$at" ] || cp -p "$at" "$dir$at"
            return 0
        fi
    done
}

mkdir -p "$dir/usr/bin" "$dir/usr/lib" "$dir/usr/lib64" "$dir/etc" \
    "$dir/data" "$dir/tmp"
# A merged /usr, as the build stage has it.
ln -sfn usr/lib "$dir/lib"
[ ! -e /lib64 ] || ln -sfn usr/lib64 "$dir/lib64"
install -s -m 755 "$program" "$dir/usr/bin/mailscope"
ln -sfn mailscope "$dir/usr/bin/sendmail"

ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    take "$(realpath -s "$library" | sed 's|^/lib|/usr/lib|; s|^/usr/usr|/usr|')"
done

# GMime reads charsets by iconv, whose tables are loaded by name.
tables=$(dirname "$(find /usr/lib -path '*/gconv/gconv-modules' | head -n 1)")
mkdir -p "$dir$tables"
cp -a "$tables/." "$dir$tables/"

printf 'mailscope:x:65532:65532::/data:/bin/false\n' >"$dir/etc/passwd"
printf 'mailscope:x:65532:\n' >"$dir/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$dir/etc/nsswitch.conf"
chown -R 0:0 "$dir"
chown 65532:65532 "$dir/data"
chmod 1777 "$dir/tmp"
