/** The names of the commands: they are part of what others rely on. */
export const CommandIDs = {
  show: 'mlops:show-monitoring',
  open: 'mlops:open-monitor',
  create: 'mlops:new-monitor',
  evaluate: 'mlops:evaluate-monitor',
  newProject: 'mlops:new-project',
  showRun: 'mlops:show-run'
} as const;
