/** The floor from above: how it was used on one canvas, and zones and furniture drawn over it. */

import { i18n } from "@lingui/core";
import { useEffect, useRef } from "react";

import { count } from "../../text/format";
import { type HeatMap, type Store, unitOf } from "./floor";
import { VIRIDIS, colourOf } from "./grid";

interface Props {
  map: HeatMap;
  cells: (number | null)[];
  layout: Store["layout"];
}

interface XY {
  x: number;
  y: number;
}

const polygonsOf = (zone: Store["layout"]["zones"][number]): XY[][] =>
  [zone.floorPolygon, ...zone.views.map((each) => each.floorPolygon)].filter((each) => each !== null);

export function Plan({ map, cells, layout }: Props) {
  const width = map.columns * map.cellM;
  const depth = map.rows * map.cellM;
  // the front of the store is at the foot of the plan
  const corners = (polygon: XY[]) => polygon.map((each) => `${each.x},${depth - each.y}`).join(" ");
  const zones = layout.zones.flatMap((zone) => polygonsOf(zone).map((polygon, at) => ({ zone, polygon, at })));
  const fixtures = layout.fixtures.flatMap((each) => (each.floorPolygon ? [{ ...each, polygon: each.floorPolygon }] : []));
  return (
    <div className="plan">
      <div className="ground">
        <Heat map={map} cells={cells} />
        <svg role="img" aria-label={i18n._("The floor from above")} viewBox={`0 0 ${width} ${depth}`}>
          {fixtures.map((each) => (
            <polygon key={each.id} className="fixture" points={corners(each.polygon)}>
              <title>{each.name}</title>
            </polygon>
          ))}
          {fixtures.map((each) => (
            <FixtureName key={each.id} name={each.name} polygon={each.polygon} width={width} depth={depth} />
          ))}
          {zones.map(({ zone, polygon, at }) => (
            <polygon key={`${zone.id} ${at}`} className="zone" points={corners(polygon)}>
              <title>{zone.name}</title>
            </polygon>
          ))}
          {zones.filter((each) => each.at === 0).map(({ zone, polygon }) => (
            <Name key={zone.id} name={zone.name} polygon={polygon} width={width} depth={depth} />
          ))}
        </svg>
      </div>
      <p className="note front">{i18n._("Front of the store")}</p>
      <Scale map={map} />
    </div>
  );
}

interface NameProps {
  name: string;
  polygon: XY[];
  width: number;
  depth: number;
}

/** The height of letters, as a share of the plan's width. */
const LETTER = 0.032;
const SMALL_LETTER = 0.02;
/** How wide a letter is, as a share of its height. */
const LETTER_WIDTH = 0.65;

/** The name of furniture, where it has room for it. */
function FixtureName({ name, polygon, width, depth }: NameProps) {
  const size = SMALL_LETTER * width;
  const [left, right] = [Math.min(...polygon.map((each) => each.x)), Math.max(...polygon.map((each) => each.x))];
  const [front, back] = [Math.min(...polygon.map((each) => each.y)), Math.max(...polygon.map((each) => each.y))];
  if (right - left < (name.length + 1) * size * LETTER_WIDTH || back - front < size) return null;
  return (
    <text className="fixture-name" x={(left + right) / 2} y={depth - (front + back) / 2} dy="0.35em" fontSize={size}>
      {name}
    </text>
  );
}

/** A zone's name in its middle, moved so far that it stays on the plan. */
function Name({ name, polygon, width, depth }: NameProps) {
  const middle = (axis: "x" | "y") => polygon.reduce((sum, each) => sum + each[axis], 0) / polygon.length;
  const size = LETTER * width;
  const half = (name.length * size * LETTER_WIDTH) / 2;
  const x = Math.max(half, Math.min(width - half, middle("x")));
  const y = Math.max(size, Math.min(depth - size, depth - middle("y")));
  return (
    <text className="zone-name" x={x} y={y} dy="0.35em" fontSize={size} strokeWidth={size / 4}>
      {name}
    </text>
  );
}

function Heat({ map, cells }: Pick<Props, "map" | "cells">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(map.columns, map.rows);
    cells.forEach((value, at) => {
      if (value === null) return;
      const row = map.rows - 1 - Math.floor(at / map.columns);
      const shown = colourOf(map.highest ? value / map.highest : 0);
      image.data.set([...shown, 255], 4 * (row * map.columns + (at % map.columns)));
    });
    context.putImageData(image, 0, 0);
  }, [map, cells]);
  return <canvas ref={canvas} width={map.columns} height={map.rows} aria-hidden="true" />;
}

function Scale({ map }: { map: HeatMap }) {
  return (
    <p className="scale">
      <span>{count(0)}</span>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <linearGradient id="viridis">
          {VIRIDIS.map((each, at) => (
            <stop key={each} offset={at / (VIRIDIS.length - 1)} stopColor={each} />
          ))}
        </linearGradient>
        <rect width="100" height="6" fill="url(#viridis)" />
      </svg>
      <span>
        {count(map.highest)} {unitOf(map.measure)}
      </span>
      <span className="unseen">
        <span className="swatch" aria-hidden="true" />
        {i18n._("No camera sees it")}
      </span>
    </p>
  );
}
