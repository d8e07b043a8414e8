// The choices of the form, which are remembered between visits. The text is kept for this tab only.

import { find } from './dom.js'
import { fault } from './fields.js'
import { lasting, session } from './storage.js'

const FIELDS = ['model', 'speed', 'temperature', 'seed', 'format']
const DEFAULTS = { speed: '1', temperature: '', seed: '' }
const FIRST_TEXT = 'Hello. This is a small voice on your own computer. Type something, and I will say it.'
const MAX_SEED = 2n ** 64n - 1n
const TEXT = 'text'

let maxCharacters = Infinity

/** Restores the choices, and stores changes. */
export function listen() {
  find('text').value = session.get(TEXT) ?? FIRST_TEXT
  for (const name of Object.keys(DEFAULTS)) find(name).value = remembered(name) ?? DEFAULTS[name]
  for (const name of FIELDS) find(name).addEventListener('change', () => rememberField(name))
  find('speed').addEventListener('input', tellSpeed)
  find('text').addEventListener('input', () => {
    session.set(TEXT, find('text').value)
    tellCount()
  })
  find('reset').addEventListener('click', () => {
    for (const [name, value] of Object.entries(DEFAULTS)) {
      find(name).value = value
      find(name).dispatchEvent(new Event('change'))
    }
    tellSpeed()
  })
  tellSpeed()
  tellCount()
}

/** Applies the features of the server. */
export function apply(about) {
  maxCharacters = about.max_text_characters
  tellCount()
  find('speed').disabled = !about.speeds
  if (about.speeds) {
    find('speed').min = Math.max(about.speeds.min, 0.5)
    find('speed').max = Math.min(about.speeds.max, 2)
  } else {
    find('speed-help').textContent = 'This server can’t change the speed.'
    find('speed').value = '1'
    tellSpeed()
  }
}

/** A remembered choice; null if there is none. */
export function remembered(name) {
  return lasting.get(name)
}

export function remember(name, value) {
  lasting.set(name, value)
}

export function rememberField(name) {
  remember(name, find(name).value)
}

/** Whether the text is longer than the server accepts. */
export function isTooLong() {
  return [...find('text').value].length > maxCharacters
}

/** The text and options of the form. Throws an error that belongs to a field. */
export function wish() {
  const [text, temperature, seed] = ['text', 'temperature', 'seed'].map(name => find(name).value)
  if (text.trim() === '') throw fault('text', 'There is no text yet. Type or paste some.')
  if (isTooLong()) {
    throw fault('text', `The text is too long: this server accepts at most ${inDigits(maxCharacters)} characters.`)
  }
  const { badInput, rangeOverflow, rangeUnderflow } = find('temperature').validity
  if (badInput || rangeOverflow || rangeUnderflow) {
    throw fault('temperature', 'The temperature must be a number from 0 to 5, or empty.')
  }
  const digits = seed.trim()
  if (digits !== '' && (!/^\d+$/.test(digits) || BigInt(digits) > MAX_SEED)) {
    throw fault('seed', `The seed must be a whole number from 0 to ${MAX_SEED}, or empty.`)
  }
  return { text, temperature: temperature.trim(), seed: digits, speed: Number(find('speed').value) }
}

function tellSpeed() {
  find('speed-value').textContent = `${Number(find('speed').value).toFixed(2)} ×`
}

function tellCount() {
  const count = [...find('text').value].length
  find('count').textContent = Number.isFinite(maxCharacters)
    ? `${inDigits(count)} of ${inDigits(maxCharacters)} characters`
    : `${inDigits(count)} characters`
  find('count').classList.toggle('wrong', isTooLong())
}

const inDigits = number => number.toLocaleString('en')
