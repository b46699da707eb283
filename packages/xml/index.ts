export { readXml, type XmlAttributes, type XmlHandlers, type XmlLimits } from './read-xml.ts'
export { xmlText } from './xml-text.ts'
