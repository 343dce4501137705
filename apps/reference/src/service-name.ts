/** The service's name on spans, log lines and alerts. */
export const serviceName = 'compliance-mapper';
