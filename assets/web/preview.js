// A short sentence as a preview of a voice, cached as long as the page.

import * as api from './api.js'
import { clearProblem, problem } from './notices.js'
import { pause } from './player-view.js'
import { name } from './voice-cards.js'

const sound = new Audio()
const made = new Map()
/** The current preview: how to stop it. */
let current = null

/** Plays a voice, or stops it if it is playing. `wish` is the request. */
export async function hear(voice, button, wish) {
  const isAgain = current?.voice === voice
  stop()
  if (isAgain) return
  clearProblem()
  pause()
  const mine = { voice, button, request: new AbortController() }
  current = mine
  name(button, voice, true)
  try {
    sound.src = await address(voice, wish, mine.request.signal)
    if (current !== mine) return
    await sound.play()
  } catch (error) {
    if (current !== mine) return
    stop()
    if (error.name !== 'AbortError') problem(error.name === 'TypeError' ? new api.Problem('The connection was lost.') : error)
  }
}

/** Stops the preview. */
export function stop() {
  if (!current) return
  current.request.abort()
  sound.pause()
  name(current.button, current.voice, false)
  current = null
}

async function address(voice, wish, signal) {
  // Each recording is a different voice with the same id.
  const key = wish.voice instanceof File ? wish.voice : `${wish.model}/${voice.id}`
  if (!made.has(key)) {
    const answer = await api.speak(wish, { format: 'wav', signal })
    made.set(key, URL.createObjectURL(await answer.blob()))
  }
  return made.get(key)
}

sound.addEventListener('ended', stop)
