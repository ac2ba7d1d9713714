declare module 'virtual:basemap/*' {
  const address: string
  export default address
}
