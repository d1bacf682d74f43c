/** Results that the standards define, as int32. Source: SMC Calling Convention (DEN0028) 1.2, 7.1; PSCI (DEN0022) 1.1, 5.2.2. */

export const SMCCC_STATUS = { SUCCESS: 0, NOT_SUPPORTED: -1, NOT_REQUIRED: -2, INVALID_PARAMETER: -3 } as const;

export const PSCI_STATUS = {
  SUCCESS: 0, NOT_SUPPORTED: -1, INVALID_PARAMETERS: -2, DENIED: -3, ALREADY_ON: -4, ON_PENDING: -5, INTERNAL_FAILURE: -6, NOT_PRESENT: -7, DISABLED: -8,
  INVALID_ADDRESS: -9,
} as const;

/** What a TrustZone VMM device answers to a function that it does not have or that failed. */
export const TZ_ERROR = -1;
