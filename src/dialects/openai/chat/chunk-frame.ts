import { createEventFrame, type EventFrame } from '../../event-frame.ts';

/** The frame of one stream's chunks. */
export type ChunkFrame = EventFrame;

/** Makes a frame that has learned nothing. One per stream. */
export function createChunkFrame(): ChunkFrame {
  return createEventFrame({
    head: 'data: ',
    textKeys: ['"content":"', '"reasoning_content":"', '"reasoning":"'],
    // A call that is the same in two chunks would pass unread.
    refused: '"tool_calls":[',
  });
}
