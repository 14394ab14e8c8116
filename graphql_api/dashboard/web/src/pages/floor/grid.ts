/** The packed grid of a heat map, and the colours of its cells. */

import { scaleLinear } from "d3-scale";

const UNSEEN = 65_535;

/** Return each cell's value, row by row from the front left corner; null where no camera sees it. */
export function unpack(grid: string, scale: number): (number | null)[] {
  const bytes = Uint8Array.from(atob(grid), (each) => each.charCodeAt(0));
  const numbers = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 2 }, (_, at) => {
    const number = numbers.getUint16(2 * at, true);
    return number === UNSEEN ? null : number * scale;
  });
}

/** Viridis: it grows evenly lighter, and no kind of colour blindness mixes it up. */
export const VIRIDIS = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"] as const;

/** Return the colour of a share of the highest value as red, green and blue. */
export function colourOf(share: number): [number, number, number] {
  const told = scaleLinear<string>(VIRIDIS.map((_, at) => at / (VIRIDIS.length - 1)), VIRIDIS).clamp(true)(share);
  const [red = 0, green = 0, blue = 0] = (told.match(/\d+/g) ?? []).map(Number);
  return [red, green, blue];
}
