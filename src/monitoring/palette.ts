/** The theme's colours as a chart needs them: values, not variables. */
export interface Palette {
  text: string;
  quiet: string;
  grid: string;
  ground: string;
  line: string;
  ok: string;
  warn: string;
  alert: string;
  font: string;
  size: number;
}

/** Read the colours where a chart stands; again when the theme changes. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string, fallback: string) =>
    style.getPropertyValue(name).trim() || fallback;
  return {
    text: read('--jp-ui-font-color1', '#222222'),
    quiet: read('--jp-ui-font-color2', '#666666'),
    grid: read('--jp-border-color2', '#e0e0e0'),
    ground: read('--jp-layout-color1', '#ffffff'),
    line: read('--jp-brand-color1', '#1976d2'),
    ok: read('--jp-success-color1', '#388e3c'),
    warn: read('--jp-warn-color1', '#f57c00'),
    alert: read('--jp-error-color1', '#d32f2f'),
    font: style.fontFamily || 'sans-serif',
    size: Number.parseFloat(style.fontSize) || 13
  };
}

/** What every chart has in common: it looks like a part of JupyterLab. */
export function configOf(palette: Palette): object {
  const small = Math.max(9, Math.round(palette.size * 0.85));
  return {
    background: null,
    font: palette.font,
    view: { stroke: null },
    axis: {
      labelColor: palette.quiet,
      labelFontSize: small,
      titleColor: palette.quiet,
      titleFontSize: small,
      titleFontWeight: 'normal',
      gridColor: palette.grid,
      gridOpacity: 0.7,
      domainColor: palette.grid,
      tickColor: palette.grid
    },
    legend: {
      labelColor: palette.text,
      labelFontSize: small,
      titleColor: palette.quiet,
      titleFontSize: small,
      titleFontWeight: 'normal',
      orient: 'top',
      offset: 4
    }
  };
}
