/** The properties panel, to be imported lazily. */
export { default } from './properties';
export type { FieldRequest, PropertiesClient, PropertiesProps } from './props';
