/* SPDX-License-Identifier: MIT */
// Fetched when something is opened. Each of these files imports the core, so that what the page starts with is one file.
import '../core.tsx';

export { MessageView } from '../views/message/message.tsx';
export { SessionView } from '../views/session/session.tsx';
