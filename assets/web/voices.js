// Which model, and which voice: those of the model, those that were kept on the server, and the recording
// that was just made here.

import * as api from './api.js'
import { remember, remembered } from './choices.js'
import { fill, find, show } from './dom.js'
import { problem, status } from './notices.js'

const MODELS_OWN = ''
const RECORDING = 'recording:'
const KEPT_PREFIX = 'voice_'

let recording = null
let kept = new Map()

/** Fills both lists. */
export async function load() {
  const names = await api.models()
  fill(find('model'), names.map(name => [name, inWords(name)]))
  select('model', remembered('model') ?? names[0])
  await loadVoices(remembered('voice'))
}

export function listen() {
  find('model').addEventListener('change', () => loadVoices(find('voice').value).catch(error => problem(error)))
  find('voice').addEventListener('change', tellKept)
  find('delete-voice').addEventListener('click', () => deleteKept().catch(error => problem(error)))
}

/** What was chosen, as the fields of a wish. */
export function chosen() {
  const voice = find('voice').value
  const model = find('model').value
  return { model, voice: voice === RECORDING ? recording : voice === MODELS_OWN ? null : voice }
}

/** Offers a recording (File) as a voice and chooses it; null takes it away. */
export async function offerRecording(file) {
  recording = file
  await loadVoices(file ? RECORDING : find('voice').value)
}

/** Shows a voice that was kept just now, and chooses it. */
export async function offerKept(id) {
  await loadVoices(id)
  remember('voice')
}

async function loadVoices(wanted) {
  const voices = await api.voices(find('model').value)
  const isKept = voice => voice.id.startsWith(KEPT_PREFIX)
  kept = new Map(voices.filter(isKept).map(voice => [voice.id, voice.name]))
  const options = [[MODELS_OWN, 'The model’s own']]
  if (recording) options.push([RECORDING, 'Your recording'])
  const own = voices.filter(voice => !isKept(voice)).map(voice => [voice.id, inWords(voice.name)])
  fill(find('voice'), options.concat(own))
  if (kept.size > 0) {
    const group = document.createElement('optgroup')
    group.label = 'Kept on this server'
    fill(group, [...kept])
    find('voice').append(group)
  }
  select('voice', wanted ?? MODELS_OWN)
  tellKept()
}

async function deleteKept() {
  const id = find('voice').value
  const name = kept.get(id)
  if (!name || !confirm(`Delete the voice “${name}” from the server, for everybody?`)) return
  await api.deleteVoice(id)
  await loadVoices(MODELS_OWN)
  remember('voice')
  status(`The voice “${name}” is deleted.`)
  find('voice').focus()
}

function tellKept() {
  show('delete-voice', kept.has(find('voice').value))
}

/** Selects a value if the list has it, and else the first. */
function select(id, value) {
  find(id).value = value
  if (find(id).selectedIndex < 0) find(id).selectedIndex = 0
}

const inWords = name => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ')
