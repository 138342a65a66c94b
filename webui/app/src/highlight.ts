/* SPDX-License-Identifier: MIT */
// Marks in what is on the screen what the search asked for, by the CSS Highlight API: no element changes.

const name = 'found';
/** Where mail and rows stand; the search box and the buttons are no matches. */
const places = '#list .what, .reading, .octets .code, .headers td, .block';
const most = 500;

let texts: string[] = [];
let frame = 0;

function rangesIn(node: Text, ranges: Range[]): void
{
    const text = node.data.toLowerCase();
    for (const wanted of texts) {
        for (let at = text.indexOf(wanted); at >= 0 && ranges.length < most; at = text.indexOf(wanted, at + wanted.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + wanted.length);
            ranges.push(range);
        }
    }
}

function paint(): void
{
    frame = 0;
    const ranges: Range[] = [];
    for (const place of texts.length > 0 ? document.querySelectorAll(places) : []) {
        const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
        while (walker.nextNode() && ranges.length < most) {
            rangesIn(walker.currentNode as Text, ranges);
        }
    }
    CSS.highlights.set(name, new Highlight(...ranges));
}

function soon(): void
{
    if (frame === 0 && texts.length > 0) {
        frame = requestAnimationFrame(paint);
    }
}

/** From now on these texts are marked; none: nothing is. A browser without the API marks nothing. */
export function highlight(wanted: string[]): void
{
    if (!('highlights' in CSS)) {
        return;
    }
    texts = wanted.map((one) => one.toLowerCase()).filter((one) => one.length > 1);
    paint();
}

/** Follows what is drawn below `root`. */
export function follow(root: HTMLElement): void
{
    new MutationObserver(soon).observe(root, { subtree: true, childList: true, characterData: true });
}
