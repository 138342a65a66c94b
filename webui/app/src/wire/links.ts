/* SPDX-License-Identifier: MIT */
// Text of a message as lines and links, without ever making markup of it.

export interface Span {
    text: string;
    url: string | null;
}

const address = /\b(?:https?:\/\/|mailto:)[^\s<>"'`|\\^{}]+/g;

/** A closing bracket or a full stop at the end belongs to the sentence, not to the address. */
function trimmed(url: string): string
{
    let end = url.replace(/[.,;:!?»”’]+$/, '');
    while (end.endsWith(')') && end.split(')').length > end.split('(').length) {
        end = end.slice(0, -1);
    }
    return end;
}

/** Splits a line into plain text and what can be clicked. */
export function links(line: string): Span[]
{
    const spans: Span[] = [];
    let from = 0;
    for (const match of line.matchAll(address)) {
        const url = trimmed(match[0]);
        if (match.index > from) {
            spans.push({ text: line.slice(from, match.index), url: null });
        }
        spans.push({ text: url, url });
        from = match.index + url.length;
    }
    if (from < line.length) {
        spans.push({ text: line.slice(from), url: null });
    }
    return spans;
}

export interface Target {
    url: string;
    text: string;
    /** Whether a click may open it: only what leads to a page or a mail program. */
    opens: boolean;
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Character references of HTML, the numbered ones and those that every mail uses. */
export function unescape(text: string): string
{
    return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,6}));/gi, (whole: string, hex?: string, decimal?: string, name?: string) => {
        const code = hex ? parseInt(hex, 16) : Number(decimal ?? 0);
        return name ? named[name.toLowerCase()] ?? whole : code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

const mostLinks = 1000;
const mostWords = 2000;

/** Where a tag that begins at `at` ends: behind its ">", which may also stand in a quoted value; -1 for never. */
function tagEnd(html: string, at: number): number
{
    let quote = '';
    for (let i = at; i < html.length; i++) {
        const char = html[i] as string;
        if (quote !== '') {
            quote = char === quote ? '' : quote;
        } else if (char === '>') {
            return i + 1;
        } else if (char === '"' || char === "'") {
            quote = char;
        }
    }
    return -1;
}

function targetOf(tag: string, behind: string): Target | null
{
    const value = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(tag);
    const url = unescape(value?.[1] ?? value?.[2] ?? value?.[3] ?? '').trim();
    const words = behind.split(/<\/?a\b/i, 1)[0] ?? '';
    const text = unescape(words.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
    return url === '' ? null : { url, text: text.slice(0, 200), opens: /^(https?|mailto):/i.test(url) };
}

/** The links of an HTML text in their order, without building a document of it. Linear, whatever it is fed. */
export function htmlLinks(html: string): Target[]
{
    const found: Target[] = [];
    const begin = /<a\s/gi;
    for (let match = begin.exec(html); match && found.length < mostLinks; match = begin.exec(html)) {
        const end = tagEnd(html, match.index);
        if (end < 0) {
            break;
        }
        const target = targetOf(html.slice(match.index, Math.min(end, match.index + 8 * mostWords)), html.slice(end, end + mostWords));
        if (target) {
            found.push(target);
        }
        begin.lastIndex = end;
    }
    return found;
}

/** How deep a line is quoted: the number of ">" it starts with. */
export function quoteDepth(line: string): number
{
    const marks = /^(?:> ?)+/.exec(line)?.[0] ?? '';
    return marks.split('>').length - 1;
}

/** Joins the soft line breaks of format=flowed (RFC 3676 section 4): a line that ends in a space goes on. */
export function reflow(text: string, delsp: boolean): string
{
    const out: { depth: number; text: string; open: boolean }[] = [];
    for (const raw of text.split(/\r?\n/)) {
        const depth = /^>*/.exec(raw)?.[0].length ?? 0;
        const unstuffed = raw.slice(depth).replace(/^ /, '');
        const signature = unstuffed === '-- ';
        const soft = !signature && unstuffed.endsWith(' ');
        const last = out[out.length - 1];
        const body = soft && delsp ? unstuffed.slice(0, -1) : unstuffed;
        if (last?.open && last.depth === depth && !signature) {
            last.text += body;
            last.open = soft;
        } else {
            out.push({ depth, text: body, open: soft });
        }
    }
    return out.map((line) => '>'.repeat(line.depth) + (line.depth > 0 ? ' ' : '') + line.text).join('\n');
}
