/* SPDX-License-Identifier: MIT */
// Fetched when a transcript or a source is looked at.
import '../core.tsx';

export { SourceView } from '../views/message/source.tsx';
export { TranscriptView } from '../views/session/transcript.tsx';
