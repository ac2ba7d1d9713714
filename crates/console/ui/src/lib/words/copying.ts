// Words of what is put on the clipboard.

import { words } from '../i18n.svelte'

export const copying = words({
  zh: { copy: '复制', done: '已复制', forbidden: '浏览器不让写剪贴板，请手动选中复制' },
  en: { copy: 'Copy', done: 'Copied', forbidden: 'The browser forbids the clipboard; select the text and copy it' },
})
