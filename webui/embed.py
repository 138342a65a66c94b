#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py DIST OUT: the files of the page in DIST as OUT/page.c (a table) and
OUT/page.S (their octets, plain and compressed). Without DIST the table is
empty: the program then has an API and no page."""
import gzip
import hashlib
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def files_of(dist):
    """Paths below `dist`, in an order that never changes."""
    found = []
    for folder, folders, names in os.walk(dist):
        folders.sort()
        found += [os.path.join(folder, name) for name in names
                  if not name.endswith(".map")]
    return sorted(found)


def main():
    dist, out = sys.argv[1:]
    table, octets = [], []
    for number, path in enumerate(files_of(dist)):
        with open(path, "rb") as file:
            content = file.read()
        packed = os.path.join(out, "page-%d.gz" % number)
        with open(packed, "wb") as file:
            # no time in it: the same page gives the same program
            file.write(gzip.compress(content, 9, mtime=0))
        kind = TYPES.get(os.path.splitext(path)[1], "application/octet-stream")
        etag = hashlib.sha256(content).hexdigest()[:16]
        table.append('    {"/%s", "%s",\n     "\\"%s\\"", page_%d, page_%d_end,'
                     ' page_%d_gz, page_%d_gz_end},'
                     % (os.path.relpath(path, dist), kind, etag, number, number,
                        number, number))
        for name, source in (("page_%d" % number, path),
                             ("page_%d_gz" % number, packed)):
            octets.append('    .globl %s, %s_end\n%s:\n    .incbin "%s"\n%s_end:'
                          '\n    .byte 0' % (name, name, name, source, name))
    names = ["page_%d%s" % (n, end) for n in range(len(table))
             for end in ("", "_end", "_gz", "_gz_end")]
    with open(os.path.join(out, "page.c"), "w", encoding="utf-8") as file:
        file.write("/* Made by webui/embed.py. */\n#include \"webui/api/page.h\"\n\n")
        file.writelines("extern const unsigned char %s[];\n" % n for n in names)
        file.write("\nconst struct page_file page_files[] = {\n%s\n    {0}};\n"
                   % "\n".join(table))
    with open(os.path.join(out, "page.S"), "w", encoding="utf-8") as file:
        file.write("/* Made by webui/embed.py. */\n    .section .rodata\n%s\n"
                   '    .section .note.GNU-stack,"",%%progbits\n'
                   % "\n".join(octets))


main()
