/* SPDX-License-Identifier: MIT */
// Which other hosts an HTML body names in what a browser would fetch. A count for the reader's eyes: what holds the
// body back is the preview's policy, not this.

const fetched = /(?:\b(?:src|srcset|background|poster|data)\s*=\s*["']?|url\(\s*["']?|@import\s+["']|<link\b[^>]*\bhref\s*=\s*["']?)\s*((?:https?:)?\/\/[^\s"'<>)]+)/gi;

export function remoteHosts(html: string): { count: number; hosts: string[] }
{
    const hosts = new Set<string>();
    let count = 0;
    for (const match of html.matchAll(fetched)) {
        try {
            const address = (match[1] ?? '').replaceAll('&amp;', '&');
            hosts.add(new URL(address, 'https://unknown.invalid').host);
            count++;
        } catch {
            // Not an address that a browser could fetch.
        }
    }
    return { count, hosts: [...hosts].sort() };
}
