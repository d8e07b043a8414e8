// A voice from a recording: recorded here or chosen as a file, previewed, and used only with consent.

import * as api from './api.js'
import { clock, find, show } from './dom.js'
import { fault } from './fields.js'
import { clearProblem, problem, status } from './notices.js'
import { LONGEST_S, prepare, record } from './recorder.js'
import * as speech from './speech.js'
import * as voices from './voices.js'

const SHORTEST_S = 1

let recorder = null
let isOpening = false
let sample = null
let maxBytes = Infinity
let clonesVoices = {}

/** Applies the features of the server. */
export function apply(about) {
  maxBytes = about.max_upload_bytes
  show('keeping', about.keeps_voices)
  clonesVoices = about.clones_voices ?? {}
}

/** Shows whether the chosen model can clone voices. */
export function tellCloning() {
  show('no-cloning', clonesVoices[find('model').value] === false)
}

export function listen() {
  find('record').addEventListener('click', () => guarded(recorder ? stop : start))
  find('file').addEventListener('change', () => guarded(() => take(find('file').files[0])))
  find('discard').addEventListener('click', () => guarded(discard))
  find('use').addEventListener('click', () => guarded(use))
  find('keep').addEventListener('click', () => guarded(keep))
  find('model').addEventListener('change', tellCloning)
  for (const id of ['consent', 'name']) find(id).addEventListener('input', allow)
  find('name').addEventListener('keydown', event => {
    if (event.key !== 'Enter') return
    if (!find('keep').disabled) guarded(keep)
  })
  listenToDrops()
}

function listenToDrops() {
  const area = find('own')
  const holdsFile = event => event.dataTransfer?.types.includes('Files')
  // A file dropped elsewhere would replace the page.
  addEventListener('dragover', event => holdsFile(event) && event.preventDefault())
  addEventListener('drop', event => {
    find('drop').classList.remove('over')
    if (!holdsFile(event)) return
    event.preventDefault()
    area.open = true
    guarded(() => take(event.dataTransfer.files[0]))
  })
  addEventListener('dragenter', event => {
    if (!holdsFile(event)) return
    area.open = true
    find('drop').classList.add('over')
  })
  addEventListener('dragleave', event => event.relatedTarget ?? find('drop').classList.remove('over'))
}

async function start() {
  if (isOpening) return
  isOpening = true
  // The microphone would record it.
  speech.stop()
  try {
    await discard()
    recorder = await record((level, seconds) => {
      find('level').value = level
      find('recorded').textContent = `${clock(seconds)} of ${clock(LONGEST_S)}`
      find('recording').dataset.seconds = seconds
      if (seconds >= LONGEST_S && recorder) guarded(stop)
    })
  } finally {
    isOpening = false
  }
  find('recorded').textContent = clock(0)
  tellRecording(true)
  status('Recording your voice…')
}

async function stop() {
  const { file, seconds } = recorder.stop()
  recorder = null
  tellRecording(false)
  if (seconds < SHORTEST_S) throw fault('file', 'The recording is too short. Record at least five seconds.')
  await offer(file, `Your recording, ${seconds.toFixed(0)} s`)
}

async function take(file) {
  // The same file can be chosen again.
  find('file').value = ''
  if (!file) return
  if (recorder) {
    recorder.cancel()
    recorder = null
    tellRecording(false)
  }
  status('Reading the file…')
  const prepared = await prepare(file)
  if (prepared.size === 0) throw fault('file', 'The file is empty.')
  if (prepared.size > maxBytes) {
    throw fault('file', `The file is too large: this server accepts at most ${Math.floor(maxBytes / 1e6)} MB.`)
  }
  await offer(prepared, file.name)
}

async function offer(file, name) {
  await discard()
  sample = file
  find('sample-name').textContent = name
  find('preview').src = URL.createObjectURL(file)
  show('preview', !file.name.endsWith('.safetensors'))
  show('sample')
  allow()
  status('The recording is ready. Confirm that you may use it.')
  find('consent').focus()
}

async function discard() {
  if (!sample) return
  sample = null
  find('preview').removeAttribute('src')
  find('preview').load()
  find('consent').checked = false
  show('sample', false)
  await voices.offerRecording(null)
  find('record').focus()
}

async function use() {
  await voices.offerRecording(sample)
  status('New speech uses your recording.')
}

async function keep() {
  const name = find('name').value.trim()
  status('Uploading the recording…')
  find('keep').disabled = true
  try {
    const voice = await api.createVoice(name, sample)
    await discard()
    find('name').value = ''
    await voices.offerKept(voice.id)
    status(`The voice “${voice.name}” is saved on the server and selected.`)
    voices.focus()
  } finally {
    allow()
  }
}

function allow() {
  const agrees = find('consent').checked && sample !== null
  find('use').disabled = !agrees
  find('keep').disabled = !agrees || find('name').value.trim() === ''
}

function tellRecording(isRecording) {
  show('recording', isRecording)
  find('record-text').textContent = isRecording ? 'Stop recording' : 'Record'
  find('record').classList.toggle('live', isRecording)
}

async function guarded(action) {
  clearProblem()
  try {
    await action()
  } catch (error) {
    status('')
    problem(error)
  }
}
