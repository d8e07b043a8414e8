// One speech at a time: asked for, heard and drawn while it arrives, stopped, played again, saved.

import * as api from './api.js'
import * as choices from './choices.js'
import { clock, fill, find, inSeconds, save, show } from './dom.js'
import { clearProblem, problem, status } from './notices.js'
import { Player } from './player.js'
import * as voices from './voices.js'
import { WavReader, wavFile } from './wav.js'
import { Waveform } from './waveform.js'

/** Time that people take for a character, and for a text at all. */
const SECONDS_PER_CHARACTER = 0.065
const SECONDS_AT_LEAST = 1
const NAME_CHARACTERS = 40
const FORMAT_NAMES = { wav: 'WAV', mp3: 'MP3', opus: 'Opus', flac: 'FLAC', aac: 'AAC' }

const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
const waveform = new Waveform(find('wave'))
const player = new Player(() => refresh())

/** What is being asked for: the speech, or a file of it. */
let asking = null
/** The speech on show: its wish and seed, and whether it came to its end. */
let speech = null
let frame = 0

export function listen() {
  find('stop').addEventListener('click', stop)
  find('play').addEventListener('click', () => (isHeard() ? player.pause() : player.play()))
  find('seek').addEventListener('input', () => player.seek(Number(find('seek').value)))
  find('download').addEventListener('click', download)
  find('same-seed').addEventListener('click', () => {
    find('seed').value = speech.seed
    choices.remember('seed')
    find('advanced').open = true
    status(`The seed ${speech.seed} is kept for the next texts.`)
  })
  document.addEventListener('themechange', refresh)
  new ResizeObserver(refresh).observe(find('wave'))
}

/** Heeds what the server can do. */
export function heed(about) {
  const formats = about.formats.filter(name => FORMAT_NAMES[name])
  fill(find('format'), formats.map(name => [name, FORMAT_NAMES[name]]))
  find('format').value = choices.remembered('format') ?? 'wav'
  if (find('format').selectedIndex < 0) find('format').value = 'wav'
}

/** Speaks what the form says. */
export async function speak() {
  clearProblem()
  let wish
  try {
    wish = { ...choices.wish(), ...voices.chosen() }
  } catch (error) {
    status('')
    problem(error)
    if (find('advanced').contains(find(error.field))) find('advanced').open = true
    find(error.field).focus()
    return
  }
  stop()
  const opened = player.unlock()
  const mine = new AbortController()
  asking = mine
  tellBusy(true)
  status('Waiting for the first sound…')
  try {
    await opened
    await receive(wish, mine.signal)
    if (asking === mine) status(`Done: ${inSeconds(player.length_s)} of speech.`)
  } catch (error) {
    if (asking === mine) failed(error)
  } finally {
    if (asking === mine) {
      asking = null
      tellBusy(false)
      refresh()
    }
  }
}

/** Stops whatever goes on. */
export function stop() {
  if (!asking) {
    if (isHeard()) player.pause()
    return
  }
  asking.abort()
  asking = null
  finish(false)
  player.pause()
  tellBusy(false)
  status('Stopped.')
}

async function receive(wish, signal) {
  const start = performance.now()
  const answer = await api.speak(wish, 'wav', signal)
  const wav = new WavReader()
  const reader = answer.body.getReader()
  for (;;) {
    const { done, value } = await read(reader)
    signal.throwIfAborted()
    if (done) break
    const samples = wav.push(value)
    if (samples.length === 0) continue
    if (speech?.signal !== signal) {
      const first_ms = performance.now() - start
      begin({ wish, signal, seed: answer.headers.get('X-Seed'), first_ms }, wav.sampleRate)
    }
    player.push(samples)
    waveform.push(samples)
    refresh()
  }
  if (speech?.signal !== signal) throw new api.Problem('The server sent no sound.')
  speech.took_s = (performance.now() - start) / 1000
  finish(true)
}

async function read(reader) {
  try {
    return await reader.read()
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new api.Problem('The connection broke, or the server gave up. What arrived is only a part of the text.')
  }
}

function begin(next, sampleRate) {
  speech = { ...next, isWhole: false, hasEnded: false }
  player.begin(sampleRate)
  waveform.begin(sampleRate, SECONDS_AT_LEAST + next.wish.text.length * SECONDS_PER_CHARACTER / next.wish.speed)
  show('player')
  status('Speaking.')
}

/** Ends the speech on show, if it is still arriving. */
function finish(isWhole) {
  if (!speech || speech.hasEnded) return
  speech.hasEnded = true
  speech.isWhole = isWhole
  player.end()
  waveform.end()
}

function failed(error) {
  finish(false)
  status('')
  problem(error, speak)
}

function isHeard() {
  return player.state === 'playing' || player.state === 'waiting'
}

async function download() {
  clearProblem()
  const format = find('format').value
  const name = `${fileName(speech.wish.text)}${speech.isWhole ? '' : ' (part)'}.${format}`
  if (format === 'wav') {
    save(wavFile(player.samples, player.sampleRate), name)
    return
  }
  const mine = new AbortController()
  asking = mine
  tellBusy(true)
  status(`Making the ${FORMAT_NAMES[format]} file…`)
  try {
    // The same seed says it the same way once more.
    const answer = await api.speak({ ...speech.wish, seed: speech.seed ?? '' }, format, mine.signal)
    save(await answer.blob(), name)
    status('The file is ready.')
  } catch (error) {
    if (asking === mine) failed(error.name === 'TypeError' ? new api.Problem('The connection broke.') : error)
  } finally {
    if (asking === mine) {
      asking = null
      tellBusy(false)
    }
  }
}

function fileName(text) {
  const plain = text.trim().slice(0, NAME_CHARACTERS).replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
  return plain || 'speech'
}

function tellBusy(isBusy) {
  const hadFocus = [find('speak'), find('stop')].includes(document.activeElement)
  show('speak', !isBusy)
  show('stop', isBusy)
  if (hadFocus) find(isBusy ? 'stop' : 'speak').focus()
  document.body.classList.toggle('busy', isBusy)
}

/** Brings the page up to date before it is drawn next. */
function refresh() {
  frame ||= requestAnimationFrame(() => {
    frame = 0
    if (!speech) return
    const isMoving = waveform.draw(player.position_s, isCalm.matches)
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
  const facts = [`first sound after ${(speech.first_ms / 1000).toFixed(2)} s`]
  if (speech.took_s) facts.push(`made ${(player.length_s / speech.took_s).toFixed(1)} times as fast as it is spoken`)
  if (player.underruns > 0) facts.push(`${player.underruns} ${player.underruns === 1 ? 'pause' : 'pauses'} to wait for the server`)
  if (speech.seed) facts.push(`seed ${speech.seed}`)
  if (speech.hasEnded && !speech.isWhole) facts.unshift('only a part of the text')
  const text = facts.join(' · ')
  find('facts').textContent = text.charAt(0).toUpperCase() + text.slice(1)
  show('same-seed', Boolean(speech.seed) && find('seed').value !== speech.seed)
  Object.assign(find('player').dataset, {
    received: player.samples.length,
    played: Math.round(player.position_s * player.sampleRate),
    underruns: player.underruns,
  })
}
