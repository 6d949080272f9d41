// Talks with the server. A lost session is renewed once; what the caller showed of the old one is
// then no longer true, which `onRenewed` tells.

export class Refusal extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter; // seconds; null when trying again would not help
  }
}

export class Api {
  constructor(language, onRenewed) {
    this.language = language;
    this.onRenewed = onRenewed;
    this.renewing = null;
  }

  async turns(after) {
    return this.#json(`/api/chat/turns?after=${after}`);
  }

  async post(message) {
    return this.#json("/api/chat/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(message),
    });
  }

  async upload(id, file) {
    return this.#json(`/api/chat/files?id=${id}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(file.name).slice(0, 200) },
      body: file,
      signal: AbortSignal.timeout(120_000),
    });
  }

  async rate(turn, value) {
    return this.#json("/api/chat/ratings", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ turn, value }),
    });
  }

  async prove(token) {
    return this.#json("/api/chat/proof", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
  }

  events(after) {
    return new EventSource(`/api/chat/events?after=${after}`);
  }

  async #json(path, options = {}, again = true) {
    const headers = { ...options.headers, "Accept-Language": this.language };
    const response = await fetch(path, {
      signal: AbortSignal.timeout(20_000),
      ...options,
      headers,
      cache: "no-store",
    });
    if (response.status === 401 && again) {
      await this.#renew();
      return this.#json(path, options, false);
    }
    const body = await response.json().catch(() => ({}));
    if (response.ok) {
      // A proof, or its end, began another session: other turns are to be seen now.
      if (body.renewed) this.onRenewed();
      return body;
    }
    const retryAfter = Number(response.headers.get("Retry-After")) || null;
    throw new Refusal(response.status, body.error ?? "", retryAfter);
  }

  // Two requests that find the session gone at the same time must end up in one new session.
  async #renew() {
    this.renewing ??= fetch(`/chat?lang=${this.language}`, { cache: "no-store" })
      .then(() => this.onRenewed())
      .finally(() => {
        this.renewing = null;
      });
    await this.renewing;
  }
}
