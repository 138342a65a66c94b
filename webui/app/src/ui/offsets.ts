/* SPDX-License-Identifier: MIT */
// From what is selected on the screen to the octets it stands for: elements carry their offset in data-at.

const encoder = new TextEncoder();

function offsetOf(node: Node, offset: number, root: HTMLElement): number | null
{
    const element = node instanceof Element ? node : node.parentElement;
    const holder = element?.closest<HTMLElement>('[data-at]');
    if (!holder || !root.contains(holder)) {
        const inside = node instanceof Element ? node.children[Math.min(offset, node.children.length - 1)]?.querySelector<HTMLElement>('[data-at]') : null;
        return inside ? Number(inside.dataset.at) : null;
    }
    const at = Number(holder.dataset.at);
    return node.nodeType === Node.TEXT_NODE ? at + encoder.encode((node.textContent ?? '').slice(0, offset)).length : at;
}

/** The selected octets [from, to) below `root`; from equals to for a mere cursor; null for none. */
export function selectedRange(root: HTMLElement): [number, number] | null
{
    const selection = getSelection();
    if (!selection || selection.rangeCount === 0 || !root.contains(selection.anchorNode)) {
        return null;
    }
    const range = selection.getRangeAt(0);
    const from = offsetOf(range.startContainer, range.startOffset, root);
    const to = offsetOf(range.endContainer, range.endOffset, root);
    return from === null || to === null ? null : [Math.min(from, to), Math.max(from, to)];
}
