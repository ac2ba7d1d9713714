// Colours of the map by day and by night: WebGL cannot read the theme's CSS variables, so those it needs stand here once more.
//
// Shape: a theme in, a palette out. A state is told by its shape too and a severity by its text: colour is the third sign.
// States and severities are the tokens of `theme/tokens.css`; marks against land are above 4.5:1 (WCAG 2.2 AA).

import type { Severity, VehicleState } from '../types/terms'

export type Daylight = 'light' | 'dark'

export interface Palette {
  sea: string
  land: string
  shore: string
  border: string
  graticule: string
  town: string
  /** Text on a mark. */
  ink: string
  halo: string
  states: Record<VehicleState, string>
  severities: Record<Severity, string>
  /** Around a mark, so that it stands off whatever is below it. */
  rim: string
  /** Slow to fast. */
  speeds: readonly [string, string, string, string]
  /** Another day's way beside it; it is dashed as well. */
  compared: string
  chosen: string
  places: Record<string, string>
}

export const PALETTES: Record<Daylight, Palette> = {
  light: {
    sea: '#dce7ee',
    land: '#f8f7f3',
    shore: '#a9bcc8',
    border: '#a89f92',
    graticule: '#d5dde2',
    town: '#4c5866',
    ink: '#16202c',
    halo: '#f8f7f3',
    states: { moving: '#0f6637', parked: '#1a57ad', parked_unseen: '#1a57ad', unseen: '#7a4f00', dark: '#ad1519', never: '#4c5866' },
    severities: { P1: '#ad1519', P2: '#964400', P3: '#1a57ad', P4: '#4c5866' },
    rim: '#ffffff',
    speeds: ['#5c6876', '#1a57ad', '#5b2a9d', '#a1136b'],
    compared: '#7a4f00',
    chosen: '#14458b',
    places: {
      black_point: '#ad1519',
      tow_lot: '#8a1570',
      dealer: '#0f6637',
      fence: '#1a57ad',
      region: '#4c5866',
      repair_shop: '#7a4f00',
    },
  },
  dark: {
    sea: '#0b1016',
    land: '#19212a',
    shore: '#3b4a5a',
    border: '#55606c',
    graticule: '#212b35',
    town: '#b0bbc8',
    ink: '#e6ebf1',
    halo: '#19212a',
    states: { moving: '#74d8a0', parked: '#85bcff', parked_unseen: '#85bcff', unseen: '#f2c860', dark: '#ff938e', never: '#b0bbc8' },
    severities: { P1: '#ff938e', P2: '#ffb672', P3: '#85bcff', P4: '#b0bbc8' },
    rim: '#0b1016',
    speeds: ['#98a5b4', '#7db5ff', '#c3a6ff', '#ff9bd5'],
    compared: '#f2c860',
    chosen: '#a3cbff',
    places: {
      black_point: '#ff938e',
      tow_lot: '#f0a6e0',
      dealer: '#74d8a0',
      fence: '#85bcff',
      region: '#b0bbc8',
      repair_shop: '#f2c860',
    },
  },
}

/** The colour of a place's kind; one that we do not know yet looks like a region. */
export const placeColour = (palette: Palette, kind: string): string => palette.places[kind] ?? palette.town
