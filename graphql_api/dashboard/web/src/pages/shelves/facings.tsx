/** Every place of the shelves: what is in it since when, how long it was empty today, and what its label says. */

import { i18n } from "@lingui/core";

import type { FacingState } from "../../generated/graphql";
import { UNKNOWN, count, duration, momentOf, money } from "../../text/format";
import { type Place, type Store, differs } from "./places";

const words: Record<FacingState, () => string> = {
  EMPTY: () => i18n._("Empty"),
  LOW: () => i18n._("Low"),
  FULL: () => i18n._("Full"),
  HIDDEN: () => i18n._("Hidden"),
};

/** Shapes as well as colours tell them apart: how full the square is. */
const SHAPES: Record<FacingState, string> = {
  EMPTY: "M0 0h12v12H0Zm2 2v8h8V2Z",
  LOW: "M0 0h12v12H0Zm2 2v6h8V2Z",
  FULL: "M0 0h12v12H0Z",
  HIDDEN: "M0 0 12 12M12 0 0 12M0 3 3 0l9 9-3 3ZM9 0l3 3-9 9-3-3Z",
};

export function Facings({ places, store }: { places: Place[]; store: Store }) {
  return (
    <section className="panel facings" aria-labelledby="facings">
      <h2 id="facings">{i18n._("Places on the shelves")}</h2>
      <div className="scroll" tabIndex={0} role="group" aria-labelledby="facings">
        <table>
          <thead>
            <tr>
              <th scope="col">{i18n._("Shelf")}</th>
              <th scope="col" className="quantity">{i18n._("Place")}</th>
              <th scope="col">{i18n._("Product")}</th>
              <th scope="col">{i18n._("Now")}</th>
              <th scope="col">{i18n._("Since")}</th>
              <th scope="col" className="quantity">{i18n._("Pieces in sight")}</th>
              <th scope="col" className="quantity">{i18n._("Empty today")}</th>
              <th scope="col" className="quantity">{i18n._("Price on the label")}</th>
              <th scope="col" className="quantity">{i18n._("Price of the plan")}</th>
            </tr>
          </thead>
          <tbody>
            {places.map((each) => (
              <Row key={each.key} place={each} store={store} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ place, store }: { place: Place; store: Store }) {
  const { seen, state, emptyMs } = place;
  const today = store.figures?.start;
  const least = emptyMs.isLeast && emptyMs.ms !== null;
  const length = duration(emptyMs.ms);
  return (
    <tr>
      <th scope="row">{place.shelf}</th>
      <td className="quantity">{count(place.slot)}</td>
      <td>{place.product ?? UNKNOWN}</td>
      <td>
        {state ? <Mark state={state} /> : i18n._("Not known")}
        {state === null && (
          <p className="note">
            {seen ? lastSeen(place.isOver, words[seen.state]()) : i18n._("Nobody has looked at it yet.")}
          </p>
        )}
      </td>
      <td>{seen ? momentOf(state ? seen.since : seen.seenAt, store.timeZone, today) : UNKNOWN}</td>
      <td className="quantity">{count(state ? seen?.count : null)}</td>
      <td className="quantity">{least ? i18n._("at least {length}", { length }) : length}</td>
      <Label place={place} store={store} />
      <td className="quantity">{money(place.planned, store.currency)}</td>
    </tr>
  );
}

const lastSeen = (isOver: boolean, state: string) =>
  isOver
    ? i18n._("Its recording is over. Seen last: {state}", { state })
    : i18n._("Its camera does not work. Seen last: {state}", { state });

function Mark({ state }: { state: FacingState }) {
  return (
    <>
      <svg className={`mark ${state.toLowerCase()}`} viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[state]} />
      </svg>{" "}
      {words[state]()}
    </>
  );
}

function Label({ place, store }: { place: Place; store: Store }) {
  const { label } = place;
  const isOther = differs(place, store.currency) === true;
  return (
    <td className={isOther ? "quantity partial" : "quantity"}>
      {label ? money(label.price, label.currency) : UNKNOWN}
      {isOther && <p className="note">{i18n._("unlike the plan")}</p>}
      {label?.price === null && <p className="note">{i18n._("cannot be read")}</p>}
      {!label && place.hasLabel && <p className="note">{i18n._("not read yet")}</p>}
    </td>
  );
}
