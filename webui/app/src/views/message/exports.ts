/* SPDX-License-Identifier: MIT */
import { request } from '../../api.ts';
import { href } from '../../base.ts';
import { complain } from '../../store/toast.ts';
import type { Message } from '../../types.ts';
import { copyText, saveFile } from '../../ui/copy.tsx';
import type { MenuItem } from '../../ui/menu.tsx';

async function fetchFile(path: string, name: string, type: string): Promise<void>
{
    try {
        saveFile(name, type, await (await request(path)).arrayBuffer());
    } catch (error) {
        complain('Could not download', error);
    }
}

/** What can be taken out of a message. */
export function exportItems(message: Message): MenuItem[]
{
    const of = `m${message.id}`;
    const path = `/api/messages/${message.id}`;
    const link = new URL(href(`/messages/${message.id}`), location.href).href;
    return [
        { label: 'Message (.eml)', hint: 'unstuffed, exactly as sent', run: () => void fetchFile(`${path}/raw`, `${of}.eml`, 'message/rfc822') },
        {
            label: 'Wire bytes', hint: 'dot-stuffed, with the final dot', disabled: message.session === null,
            run: () => void fetchFile(`${path}/wire`, `${of}.wire`, 'application/octet-stream'),
        },
        { label: 'HTML body', disabled: message.html === null, run: () => saveFile(`${of}.html`, 'text/html', message.html ?? '') },
        { label: 'Text body', disabled: message.text === null, run: () => saveFile(`${of}.txt`, 'text/plain', message.text ?? '') },
        { label: 'JSON', hint: 'as the API gives it', run: () => void fetchFile(path, `${of}.json`, 'application/json') },
        { label: 'Copy link', run: () => void copyText(link, 'Link copied') },
        { label: 'Print', run: () => window.print() },
    ];
}
