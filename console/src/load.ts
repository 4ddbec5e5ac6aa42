// Loading what a page shows.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { session } from "./session";
import { useStore } from "./store";

/** Milliseconds after which something that could not be followed is tried again. */
const AFTER_FAILURE = 5_000;

export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

/**
 * Load something when the page opens, when what it depends on changes, and every so many
 * milliseconds while the page is in sight. What was shown stays until there is something newer.
 */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  deps: unknown[],
  every?: number | ((data: T) => number | undefined),
): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: unknown; loading: boolean }>({
    loading: true,
  });
  const [round, setRound] = useState(0);
  const signedIn = useStore(session);
  const reload = useCallback(() => setRound((number) => number + 1), []);
  const before = useRef(deps);
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = before.current.some((value, index) => value !== deps[index]);
    before.current = deps;
    setState((old) => (changed ? { loading: true } : { ...old, loading: true }));
    const next = (delay: number | undefined) => {
      if (delay) timer = setTimeout(() => (document.hidden ? next(delay) : reload()), delay);
    };
    load(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        setState({ data, loading: false });
        next(typeof every === "function" ? every(data) : every);
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        setState((old) => ({ ...old, error, loading: false }));
        // Polling continues after an outage. A refusal is shown.
        const passing = error instanceof ApiError && (error.status === 0 || error.status >= 429);
        if (every !== undefined && passing) next(AFTER_FAILURE);
      },
    );
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [...deps, round, signedIn?.key]);
  return { data: state.data, error: state.error, loading: state.loading, reload };
}

/** Run one action at a time; tells whether it runs and how it failed. */
export function useAction(): {
  busy: boolean;
  error: unknown;
  run: (action: () => Promise<void>) => Promise<void>;
  clear: () => void;
} {
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const run = useCallback(async (action: () => Promise<void>) => {
    setState({ busy: true });
    try {
      await action();
      setState({ busy: false });
    } catch (error) {
      setState({ busy: false, error });
    }
  }, []);
  const clear = useCallback(() => setState({ busy: false }), []);
  return { busy: state.busy, error: state.error, run, clear };
}

/** A value that follows another one after a pause, so that typing asks the API once. */
export function useSettled<T>(value: T, milliseconds = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
