import { mount } from 'svelte'
import App from './App.svelte'
// In this order: what comes later goes before what is as precise and came earlier.
import './lib/theme/tokens.css'
import './lib/theme/base.css'
import './lib/theme/controls.css'
import './lib/theme/tables.css'
import './lib/theme/marks.css'
import './lib/theme/adapt.css'
import './lib/theme/paper.css'

const target = document.getElementById('app')
if (target) mount(App, { target })
