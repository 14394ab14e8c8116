/** Places that are to be filled, the one that waits longest first. */

import { i18n } from "@lingui/core";

import { serverNow } from "../../api/clock";
import { UNKNOWN, count, duration, momentOf } from "../../text/format";
import type { Store } from "./places";

export function Tasks({ store }: { store: Store }) {
  const { open } = store;
  const today = store.figures?.start;
  return (
    <section className="panel" aria-labelledby="tasks">
      <h2 id="tasks">{i18n._("To fill")}</h2>
      {!open ? (
        <p className="empty">{i18n._("These tasks are not known at the moment.")}</p>
      ) : open.nodes.length === 0 ? (
        <p className="empty">{i18n._("Nothing is to be filled. A place that stays empty appears here by itself.")}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="tasks">
          <table>
            <thead>
              <tr>
                <th scope="col">{i18n._("Shelf")}</th>
                <th scope="col" className="quantity">{i18n._("Place")}</th>
                <th scope="col">{i18n._("Product")}</th>
                <th scope="col">{i18n._("Empty since")}</th>
                <th scope="col" className="quantity">{i18n._("Waits")}</th>
              </tr>
            </thead>
            <tbody>
              {open.nodes.map((each) => (
                <tr key={`${each.shelf.id} ${each.slot} ${each.emptySince}`}>
                  <th scope="row">{each.shelf.name}</th>
                  <td className="quantity">{count(each.slot)}</td>
                  <td>{each.product?.name ?? UNKNOWN}</td>
                  <td>
                    <time dateTime={each.emptySince}>{momentOf(each.emptySince, store.timeZone, today)}</time>
                  </td>
                  <td className="quantity">{duration(Math.max(0, serverNow() - Date.parse(each.emptySince)))}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {open.pageInfo.hasNextPage && <p className="note">{i18n._("There are more. These have waited longest.")}</p>}
        </div>
      )}
    </section>
  );
}
