/** What can be done with one tile, by its menu, by a click or by a key. */
export type TileAction = "focus" | "full" | "sound" | "solo" | "replace" | "remove" | "earlier" | "later";
