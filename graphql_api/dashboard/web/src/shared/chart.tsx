/** Bars or a line over periods, with the same numbers as a table. */

import { i18n } from "@lingui/core";
import { scaleBand, scaleLinear } from "d3-scale";
import { area, curveStepAfter, line } from "d3-shape";
import { useEffect, useId, useRef, useState } from "react";

import { serverNow } from "../api/clock";
import { count, share } from "../text/format";
import { isPartial } from "./figure";

export interface Bar {
  start: string;
  end: string;
  coverage: number | null;
  /** One for each series; null where nobody could know. */
  values: (number | null)[];
}

export interface Series {
  name: string;
  /** Which of the colours of the scale, and which shape. */
  tone: "one" | "two";
}

interface Props {
  title: string;
  unit: string;
  series: Series[];
  bars: Bar[];
  shape?: "bars" | "steps";
  /** What a period is called in the table, and below the axis. */
  name: (bar: Bar) => string;
  short: (bar: Bar) => string;
  empty: string;
}

const HEIGHT = 220;
const MARGIN = { top: 12, right: 8, bottom: 30, left: 40 };
const TICK_PX = 56;
/** Which periods are named below the axis: hours and their quarters come out even. */
const EVERY = [1, 2, 4, 8, 12, 16, 24, 32, 48];

export function Chart(props: Props) {
  const { title, unit, series, bars, empty } = props;
  const id = useId();
  const isKnown = bars.some((bar) => bar.values.some((value) => value !== null));
  return (
    <figure className="chart">
      <figcaption>
        <h2 id={id}>{title}</h2>
        <ul className="legend">
          {series.map((each) => (
            <li key={each.name}>
              <span className={`swatch ${each.tone}`} aria-hidden="true" />
              {each.name}
            </li>
          ))}
          <li className="unit">{unit}</li>
        </ul>
      </figcaption>
      {isKnown ? <Drawing {...props} label={id} /> : <p className="empty">{empty}</p>}
      <Table {...props} />
    </figure>
  );
}

const isUnfinished = (bar: Bar) => Date.parse(bar.end) > serverNow() && Date.parse(bar.start) <= serverNow();
const isToCome = (bar: Bar) => Date.parse(bar.start) > serverNow();

function Drawing({ series, bars, shape = "bars", name, short, label }: Props & { label: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const pattern = useId();
  const [width, setWidth] = useState(640);
  useEffect(() => {
    const node = frame.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.round(entry.contentRect.width))));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);

  const most = Math.max(1, ...bars.flatMap((bar) => bar.values.map((value) => value ?? 0)));
  const y = scaleLinear([0, most], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const x = scaleBand(bars.map((bar) => bar.start), [MARGIN.left, width - MARGIN.right]).paddingInner(shape === "bars" ? 0.25 : 0);
  const within = scaleBand(series.map((each) => each.name), [0, x.bandwidth()]).paddingInner(0.1);
  const floor = y(0);
  const least = bars.length / Math.max(1, (width - MARGIN.left) / TICK_PX);
  const every = EVERY.find((each) => each >= least) ?? Math.ceil(least);

  return (
    <div className="drawing" ref={frame}>
      <svg role="img" aria-labelledby={label} width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`}>
        <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line y2="6" className="hatch" />
        </pattern>
        {y.ticks(4).filter(Number.isInteger).map((tick) => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={MARGIN.left} x2={width - MARGIN.right} className="grid" />
            <text x={MARGIN.left - 8} dy="0.32em" className="tick end">
              {count(tick)}
            </text>
          </g>
        ))}
        {bars.map((bar, at) => {
          const left = x(bar.start) ?? 0;
          const isUnknown = bar.values.every((value) => value === null) && !isToCome(bar);
          return (
            <g key={bar.start}>
              <title>{told(bar, series, name)}</title>
              <rect
                x={left}
                width={isUnknown ? Math.min(x.step(), width - MARGIN.right - left) : x.bandwidth()}
                y={MARGIN.top}
                height={floor - MARGIN.top}
                {...(isUnknown ? { fill: `url(#${pattern})` } : { className: "reach" })}
              />
              {shape === "bars" &&
                series.map((each, number) => {
                  const value = bar.values[number];
                  return value == null ? null : (
                    <rect
                      key={each.name}
                      className={`bar ${each.tone}${isUnfinished(bar) ? " unfinished" : ""}`}
                      x={left + (within(each.name) ?? 0)}
                      width={within.bandwidth()}
                      y={y(value)}
                      height={Math.max(0, floor - y(value))}
                    />
                  );
                })}
              {isPartial(bar.coverage) && !isUnknown && (
                <line className="gap" x1={left} x2={left + x.bandwidth()} y1={floor + 3} y2={floor + 3} />
              )}
              {at % every === 0 && (
                <text className="tick middle" x={left + (shape === "bars" ? x.bandwidth() / 2 : 0)} y={HEIGHT - 10}>
                  {short(bar)}
                </text>
              )}
            </g>
          );
        })}
        {shape === "steps" &&
          series.map((each, number) => {
            const known = bars.filter((bar) => bar.values[number] != null);
            const last = known.at(-1);
            const points: [number, number | null][] = bars.map((bar) => [x(bar.start) ?? 0, bar.values[number] ?? null]);
            if (last) {
              const at = bars.indexOf(last) + 1;
              points.splice(at, 0, [(x(last.start) ?? 0) + x.bandwidth(), last.values[number] ?? null]);
            }
            const isDefined = (point: [number, number | null]) => point[1] !== null;
            const below = area<[number, number | null]>()
              .defined(isDefined).x((point) => point[0]).y0(floor).y1((point) => y(point[1] ?? 0)).curve(curveStepAfter);
            const edge = line<[number, number | null]>()
              .defined(isDefined).x((point) => point[0]).y((point) => y(point[1] ?? 0)).curve(curveStepAfter);
            return (
              <g key={each.name} className="nohit">
                <path className={`area ${each.tone}`} d={below(points) ?? ""} />
                <path className={`edge ${each.tone}`} d={edge(points) ?? ""} />
              </g>
            );
          })}
        <line x1={MARGIN.left} x2={width - MARGIN.right} y1={floor} y2={floor} className="axis" />
      </svg>
    </div>
  );
}

const told = (bar: Bar, series: Series[], name: (bar: Bar) => string): string =>
  [
    name(bar) + (isUnfinished(bar) ? ` (${i18n._("not over yet")})` : ""),
    ...series.map((each, number) => `${each.name}: ${count(bar.values[number])}`),
    i18n._("Cameras watched {share} of the time", { share: share(bar.coverage) }),
  ].join("\n");

function Table({ title, series, bars, name }: Props) {
  return (
    <details className="numbers">
      <summary>{i18n._("Show as a table")}</summary>
      <div className="scroll" tabIndex={0} role="group" aria-label={title}>
        <table>
          <caption className="hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{i18n._("Period")}</th>
              {series.map((each) => (
                <th scope="col" className="quantity" key={each.name}>
                  {each.name}
                </th>
              ))}
              <th scope="col" className="quantity">
                {i18n._("Watched")}
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.filter((bar) => !isToCome(bar)).map((bar) => (
              <tr key={bar.start}>
                <th scope="row">
                  <time dateTime={bar.start}>{name(bar)}</time>
                  {isUnfinished(bar) && <em> {i18n._("not over yet")}</em>}
                </th>
                {series.map((each, number) => (
                  <td className="quantity" key={each.name}>
                    {count(bar.values[number])}
                  </td>
                ))}
                <td className="quantity">{share(bar.coverage)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
