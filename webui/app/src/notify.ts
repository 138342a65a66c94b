/* SPDX-License-Identifier: MIT */
// Desktop notifications, for those who asked for them: at most one in two seconds, and only while the page is hidden.
import { href } from './base.ts';
import { go, messagePath, sessionPath } from './router.ts';
import { settings } from './store/settings.ts';
import type { MessageSummary, SessionSummary } from './types.ts';
import { outcomeOf } from './views/activity/outcome.ts';

const every = 2000;
let last = 0;

interface Note {
    title: string;
    body: string;
    path: string;
}

function noteOf(messages: MessageSummary[], failed: SessionSummary[]): Note | null
{
    const message = messages[messages.length - 1];
    const session = failed[failed.length - 1];
    const more = messages.length + failed.length - 1;
    const rest = more > 0 ? `\nand ${more} more` : '';
    if (message) {
        return { title: message.subject || '(no subject)', body: `${message.envelope.from ?? ''} → ${message.envelope.to[0] ?? ''}${rest}`, path: messagePath(message.id) };
    }
    return session ? { title: outcomeOf(session).word, body: `${session.helo ?? session.peer}: ${outcomeOf(session).says}${rest}`, path: sessionPath(session.id) } : null;
}

export function notify(messages: MessageSummary[], failed: SessionSummary[]): void
{
    if (!settings.value.notify || !document.hidden || !('Notification' in window) || Notification.permission !== 'granted' || Date.now() - last < every) {
        return;
    }
    const note = noteOf(messages, failed);
    if (!note) {
        return;
    }
    last = Date.now();
    const shown = new Notification(note.title, { body: note.body, icon: href('/assets/icon.svg'), tag: 'mailscope' });
    shown.onclick = () => {
        window.focus();
        go(note.path);
        shown.close();
    };
}
