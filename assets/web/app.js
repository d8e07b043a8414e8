// The page: connects its modules.

import * as api from './api.js'
import * as choices from './choices.js'
import { find } from './dom.js'
import * as fields from './fields.js'
import * as notices from './notices.js'
import * as ownVoice from './own-voice.js'
import * as speech from './speech.js'
import * as textNotes from './text-notes.js'
import * as voices from './voices.js'

async function load() {
  notices.clearProblem()
  try {
    const about = await api.about()
    for (const part of [choices, voices, ownVoice, speech]) part.apply(about)
    await voices.load()
    ownVoice.tellCloning()
    textNotes.checkSoon()
    document.body.classList.add('ready')
  } catch (error) {
    notices.problem(error, load)
  }
}

function listenToKeys() {
  find('form').addEventListener('submit', event => {
    event.preventDefault()
    speech.speak()
  })
  addEventListener('keydown', event => {
    if (find('key-dialog').open) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      speech.speak()
    } else if (event.key === 'Escape') {
      speech.stop()
    }
  })
}

for (const part of [notices, fields, choices, voices, ownVoice, textNotes, speech]) part.listen()
api.onKeyNeeded(notices.askForKey)
listenToKeys()
load()
