/* SPDX-License-Identifier: MIT */
// Where the page lives. `--http-path PREFIX` puts it below a proxy's path; the server says so in <base href>.

/** "/" or "/prefix/": every path of the page and of the API starts with it. */
export const base = new URL(document.baseURI).pathname;

/** The address of a path of ours ("/messages/4", "/api/info"). */
export function href(path: string): string
{
    return base + path.replace(/^\//, '');
}

/** A path of ours from the address bar's one. */
export function ours(pathname: string): string
{
    return pathname.startsWith(base) ? `/${pathname.slice(base.length)}` : '/';
}
