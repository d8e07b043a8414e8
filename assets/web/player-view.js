// The player: shows one speech while it arrives and while it is played.

import * as choices from './choices.js'
import { clock, find, show } from './dom.js'
import { Player } from './player.js'
import { Reading } from './reading.js'
import { lasting } from './storage.js'
import { Waveform } from './waveform.js'

/** Estimated speaking time for a character, and for any text. */
const SECONDS_PER_CHARACTER = 0.065
const SECONDS_AT_LEAST = 1
const VOLUME = 'volume'
const PLAYBACK_SPEED = 'playback-speed'

const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
const waveform = new Waveform(find('wave'))
const player = new Player(() => refresh())
const reading = new Reading(find('reading'), position_s => player.seek(position_s))

/** The current speech. */
let speech = null
let frame = 0
let onChange = () => {}

/** `changed` is called when the position or the state has changed. */
export function listen(changed) {
  onChange = changed
  find('play').addEventListener('click', () => (isHeard() ? pause() : play()))
  find('seek').addEventListener('input', () => player.seek(Number(find('seek').value)))
  for (const [id, property] of [[VOLUME, 'volume'], [PLAYBACK_SPEED, 'speed']]) {
    const field = find(id)
    field.value = lasting.get(id) ?? field.value
    if (field.value === '') field.value = '1'
    const apply = () => (player[property] = Number(field.value))
    apply()
    field.addEventListener('input', () => {
      apply()
      lasting.set(id, field.value)
    })
  }
  find('same-seed').addEventListener('click', () => {
    find('seed').value = speech.seed
    choices.rememberField('seed')
    find('advanced').open = true
    find('seed').focus()
    refresh()
  })
  document.addEventListener('themechange', refresh)
  new ResizeObserver(refresh).observe(find('wave'))
}

/** Must be called from a click or key press: browsers allow audio output at no other time. */
export function unlock() {
  return player.unlock()
}

/** Shows a new speech, and plays it while it arrives. */
export function begin(next, sampleRate) {
  speech = next
  player.begin(sampleRate)
  const expected_s = SECONDS_AT_LEAST + (next.wish.text.length * SECONDS_PER_CHARACTER) / next.wish.speed
  waveform.begin(sampleRate, expected_s)
  tellSpans()
  show('player')
}

/** Adds samples to the current speech. */
export function push(samples) {
  player.push(samples)
  waveform.push(samples)
  refresh()
}

/** Shows the words or sentences of the current speech whose times are known. */
export function tellSpans() {
  reading.show(speech.wish.text, speech.spans.list)
}

/** Ends the current speech; returns all samples. */
export function end() {
  player.end()
  waveform.end()
  return player.samples.slice()
}

/** Shows an earlier speech, and plays it from its beginning. */
export function replay(next) {
  if (speech !== next) {
    speech = next
    player.load(next.samples, next.sampleRate)
    waveform.begin(next.sampleRate, player.length_s)
    waveform.push(next.samples)
    waveform.end()
    tellSpans()
  }
  player.seek(0)
  play()
}

export function play() {
  player.play()
}

export function pause() {
  player.pause()
}

export function isHeard() {
  return player.state === 'playing' || player.state === 'waiting'
}

/** The current speech and its position: `{ speech, state, position_s, length_s }`. */
export function place() {
  return { speech, state: player.state, position_s: player.position_s, length_s: player.length_s }
}

/** Updates the player before the next repaint. */
export function refresh() {
  frame ||= requestAnimationFrame(() => {
    frame = 0
    onChange()
    if (!speech) return
    const isMoving = waveform.draw(player.position_s, isCalm.matches)
    reading.mark(player.state === 'finished' ? null : player.position_s)
    tellPlace()
    tellFacts()
    if (isMoving) refresh()
  })
}

function tellPlace() {
  const seek = find('seek')
  seek.max = waveform.span_s
  seek.value = player.position_s
  seek.setAttribute('aria-valuetext', `${clock(player.position_s)} of ${clock(player.length_s)}`)
  find('now').textContent = clock(player.position_s)
  find('length').textContent = clock(player.length_s)
  find('play').setAttribute('aria-label', isHeard() ? 'Pause' : 'Play')
  find('player').dataset.state = player.state
  find('download').disabled = !speech.hasEnded
}

function tellFacts() {
  const facts = [`first audio after ${(speech.first_ms / 1000).toFixed(2)} s`]
  if (speech.took_s) facts.push(`generated at ${(player.length_s / speech.took_s).toFixed(1)} times real time`)
  if (player.underruns > 0) facts.push(`${player.underruns} ${player.underruns === 1 ? 'pause' : 'pauses'} to wait for the server`)
  if (speech.wish.speed !== 1) facts.push(`speaking speed ${speech.wish.speed.toFixed(2)} ×`)
  if (speech.flaws > 0) facts.push(`words may be missing in ${speech.flaws} ${speech.flaws === 1 ? 'sentence' : 'sentences'}`)
  if (speech.seed) facts.push(`seed ${speech.seed}`)
  if (speech.hasEnded && !speech.isWhole) facts.unshift('incomplete')
  const text = facts.join(' · ')
  find('facts').textContent = text.charAt(0).toUpperCase() + text.slice(1)
  show('same-seed', Boolean(speech.seed) && find('seed').value !== speech.seed)
  Object.assign(find('player').dataset, {
    received: player.samples.length,
    played: Math.round(player.position_s * player.sampleRate),
    underruns: player.underruns,
  })
}
