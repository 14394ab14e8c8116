/** The numbers of a heat map as a table, as it lies on the plan: the front of the store is its last row. */

import { i18n } from "@lingui/core";
import { useState } from "react";

import { decimal } from "../../text/format";
import { type HeatMap, unitOf } from "./floor";

interface Props {
  map: HeatMap;
  cells: (number | null)[];
  title: string;
}

export function Cells({ map, cells, title }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="numbers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{i18n._("Show as a table")}</summary>
      {isOpen && <Table map={map} cells={cells} title={title} />}
    </details>
  );
}

function Table({ map, cells, title }: Props) {
  const columns = Array.from({ length: map.columns }, (_, at) => at);
  const rows = Array.from({ length: map.rows }, (_, at) => map.rows - 1 - at);
  const metres = (at: number) => i18n._("{metres} m", { metres: decimal(at * map.cellM) });
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={title}>
      <table className="cells">
        <caption className="note">
          {unitOf(map.measure)} · {i18n._("metres from the left front corner")}
        </caption>
        <thead>
          <tr>
            <td />
            {columns.map((at) => (
              <th scope="col" className="quantity" key={at}>
                {metres(at)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{metres(row)}</th>
              {columns.map((column) => (
                <td className="quantity" key={column}>
                  {decimal(cells[row * map.columns + column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
