/* What this browser keeps from page to page, as JSON by name. Nothing here may stop a visit: what is
   damaged is thrown away, and where nothing can be kept the page itself still holds it. Does not know
   what is kept. */
const Kept = (() => {
  "use strict";

  function read(name, store = localStorage) {
    try {
      return JSON.parse(store.getItem(name));
    } catch {
      store.removeItem(name);
      return null;
    }
  }

  function write(name, value, store = localStorage) {
    try {
      store.setItem(name, JSON.stringify(value));
    } catch { /* no room, or none allowed */ }
  }

  const has = (name) => localStorage.getItem(name) !== null;
  const remove = (name) => localStorage.removeItem(name);
  const names = (prefix) => Object.keys(localStorage).filter((name) => name.startsWith(prefix));

  /* What has an `at` is of no use for ever. */
  function clean(prefix, days) {
    for (const name of names(prefix)) {
      const isFresh = Date.now() - read(name)?.at <= days * 86400000;
      if (!isFresh) remove(name);
    }
  }

  return { read, write, has, remove, names, clean };
})();
