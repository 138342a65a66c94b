/* SPDX-License-Identifier: MIT */
// Bytes as text with everything that a screen would swallow drawn as a pill.
import { Fragment, type JSX } from 'preact';

import { type Piece, pieces } from '../wire/visible.ts';

export function PieceView({ piece, controls }: { piece: Piece; controls: boolean }): JSX.Element | null
{
    if (piece.kind === 'text') {
        return <>{piece.text}</>;
    }
    if (piece.text === 'TAB') {
        return controls ? <><span class="pill muted">TAB</span>{'\t'}</> : <>{'\t'}</>;
    }
    if (piece.eol && !piece.lone && !controls) {
        return null;
    }
    return <span class={`pill${piece.lone ? ' lone' : ''}${piece.eol && !piece.lone ? ' muted' : ''}`}>{piece.text}</span>;
}

export function Visible({ bytes, controls }: { bytes: Uint8Array; controls: boolean }): JSX.Element
{
    const all = pieces(bytes);
    return (
        <>
            {all.map((piece, i) => (
                <Fragment key={piece.at}>
                    <PieceView piece={piece} controls={controls} />
                    {piece.eol && i < all.length - 1 && '\n'}
                </Fragment>
            ))}
        </>
    );
}
