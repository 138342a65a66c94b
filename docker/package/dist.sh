#!/bin/sh
# SPDX-License-Identifier: MIT
# dist.sh VERSION OUT: a source archive of the last commit with the built page,
# so that building from it needs no Node.js. Same commit, same octets.
set -eu
version=$1
out=$2
name=mailscope-$version
stage=$out/dist
epoch=$(git log -1 --format=%ct)
rm -rf "$stage"
mkdir -p "$stage/$name"
git archive HEAD | tar -x -C "$stage/$name"
mkdir -p "$stage/$name/webui/app/dist"
cp -R webui/app/dist/. "$stage/$name/webui/app/dist/"
git rev-parse --short=12 HEAD >"$stage/$name/.commit"
# The page must look newer than what it is made from, or make would remake it.
find "$stage/$name" -exec touch -h -d "@$epoch" {} +
find "$stage/$name/webui/app/dist" -exec touch -h -d "@$((epoch + 1))" {} +
tar --sort=name --owner=0 --group=0 --numeric-owner --format=ustar \
    -C "$stage" -c "$name" | xz -9 -T1 >"$out/$name.tar.xz"
rm -rf "$stage"
echo "$out/$name.tar.xz"
