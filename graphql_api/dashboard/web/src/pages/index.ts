/** The pages, in the order of the menu. */

import { floor } from "./floor/floor";
import { now } from "./now/now";
import type { Page } from "./page";
import { shelves } from "./shelves/shelves";
import { stores } from "./stores/stores";
import { traffic } from "./traffic/traffic";

export const PAGES: readonly Page[] = [now, traffic, floor, shelves, stores];
