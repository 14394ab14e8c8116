/** One number with its unit, its period and how far it can be trusted. */

import { i18n } from "@lingui/core";
import type { ReactNode } from "react";

import { UNKNOWN, clock, share } from "../text/format";

export interface Quality {
  coverage: number | null;
  staleSince: string | null;
}

interface Props {
  label: string;
  value: string;
  unit: string;
  period: string;
  quality?: Quality | undefined;
  zone: string;
  children?: ReactNode;
}

export function Figure({ label, value, unit, period, quality, zone, children }: Props) {
  return (
    <section className="figure" aria-label={label}>
      <h2>{label}</h2>
      <p className="number">
        <strong>{value}</strong> <span>{unit}</span>
      </p>
      <p className="period">{period}</p>
      {children}
      {value === UNKNOWN ? (
        <p className="note">{i18n._("Not known: no camera that counts this has delivered a picture in this period.")}</p>
      ) : (
        quality && <Trust quality={quality} zone={zone} />
      )}
    </section>
  );
}

/** How much of the period the cameras watched, and since when records wait. */
export function Trust({ quality, zone }: { quality: Quality; zone: string }) {
  return (
    <p className={isPartial(quality.coverage) ? "trust partial" : "trust"}>
      <Meter share={quality.coverage} />
      {i18n._("Cameras watched {share} of the time", { share: share(quality.coverage) })}
      {quality.staleSince !== null && (
        <span className="note">
          {" "}
          {i18n._("Incomplete since {time}: records wait to be applied.", { time: clock(quality.staleSince, zone) })}
        </span>
      )}
    </p>
  );
}

const MOSTLY = 0.95;

export const isPartial = (coverage: number | null | undefined): boolean => coverage != null && coverage < MOSTLY;

/** A small bar beside a share that is also written out. */
export function Meter({ share: part }: { share: number | null }) {
  return (
    <svg className="meter" viewBox="0 0 24 6" aria-hidden="true">
      <rect width="24" height="6" rx="3" className="rail" />
      <rect width={24 * Math.max(0, Math.min(1, part ?? 0))} height="6" rx="3" className="fill" />
    </svg>
  );
}
