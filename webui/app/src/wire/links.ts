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
