// A link from the shop proves who the shopper is: its token is in the address's fragment, which stays
// in this browser. It is taken out of the address at once and sent on until the server has it.

const NAME = "proof";
const PAUSE = 2_000; // ms
const TRIES = 30;

// Whether the server took it; what it is worth, the bot says.
export async function proveByLink(api) {
  const token = new URLSearchParams(location.hash.slice(1)).get(NAME);
  if (!token) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      await api.prove(token);
      return true;
    } catch (refusal) {
      if (refusal.status && refusal.status < 500 && refusal.status !== 429) return false;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
  return false;
}
