// Storage. If the browser forbids it, nothing is remembered, and the page still works.

const PREFIX = 'pocket-tts.'

class Store {
  #open
  #own = new Map()

  constructor(open) {
    this.#open = open
  }

  /** The text under a name; null if there is none. */
  get(name) {
    try {
      return this.#open().getItem(PREFIX + name)
    } catch {
      return this.#own.get(name) ?? null
    }
  }

  set(name, text) {
    try {
      this.#open().setItem(PREFIX + name, text)
    } catch {
      this.#own.set(name, text)
    }
  }

  remove(name) {
    try {
      this.#open().removeItem(PREFIX + name)
    } catch {
      this.#own.delete(name)
    }
  }
}

/** For choices: as long as the browser keeps them. */
export const lasting = new Store(() => localStorage)
/** For private data: until the tab is closed. */
export const session = new Store(() => sessionStorage)
