// For how long operations can be undone, which the deployment decides.

import { api, body } from "./api";
import { counted } from "./format";
import { useLoad } from "./load";

/** For how long something that is done now can be undone, in words; empty until it is known. */
export function useUndoTime(): string {
  const found = useLoad((signal) => body(api.GET("/provisioning/1/limits", { signal })), []);
  return found.data ? counted(found.data.undoDays, "day") : "";
}

/** Says so at the foot of a dialog. */
export function UndoNote({ before }: { before?: string }) {
  const time = useUndoTime();
  return <span class="small">{time && `${before ?? "You can"} undo it within ${time}.`}</span>;
}
