// Small things that must survive a reload. Where the browser forbids storage (some do in foreign
// frames) they live as long as the page.

const memory = new Map();

const fallback = {
  getItem: (key) => memory.get(key) ?? null,
  setItem: (key, value) => memory.set(key, value),
  removeItem: (key) => memory.delete(key),
  keys: () => [...memory.keys()],
};

function usable(name) {
  try {
    const storage = window[name];
    storage.setItem("deskhand:probe", "1");
    storage.removeItem("deskhand:probe");
    return {
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => storage.setItem(key, value),
      removeItem: (key) => storage.removeItem(key),
      keys: () => Object.keys(storage),
    };
  } catch {
    return fallback;
  }
}

export const local = usable("localStorage");
export const tab = usable("sessionStorage");
