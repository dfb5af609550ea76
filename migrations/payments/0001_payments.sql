-- One try of an order to be paid. Amounts are minor units of `currency`; `version` rises with each change that others
-- see and is 0 while only the intent is known. live_order_id makes one live payment an order: it is NULL once the
-- payment has failed or was voided. refunding_minor is reserved by refunds that the provider has not confirmed yet.
CREATE TABLE payments (
    id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    attempt INT NOT NULL,
    live_order_id BINARY(16) NULL,
    customer_id BINARY(16) NULL,
    method VARCHAR(16) NOT NULL,
    token VARCHAR(128) NULL,
    state VARCHAR(16) NOT NULL,
    version BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL,
    authorized_minor BIGINT NOT NULL DEFAULT 0,
    captured_minor BIGINT NOT NULL DEFAULT 0,
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    refunding_minor BIGINT NOT NULL DEFAULT 0,
    charge_id VARCHAR(64) NULL,
    charge_version BIGINT NOT NULL DEFAULT 0,
    action_kind VARCHAR(16) NULL,
    action_url VARCHAR(1024) NULL,
    action_expires_at DATETIME(6) NULL,
    failure_reason VARCHAR(64) NULL,
    cancel_reason VARCHAR(255) NULL,
    tell_at DATETIME(6) NULL,
    tell_tries INT NOT NULL DEFAULT 0,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    changed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    UNIQUE KEY payments_attempt (order_id, attempt),
    UNIQUE KEY payments_live (live_order_id),
    KEY payments_tell (tell_at),
    CONSTRAINT payments_amount CHECK (amount_minor > 0),
    CONSTRAINT payments_authorized CHECK (authorized_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT payments_captured CHECK (captured_minor BETWEEN 0 AND authorized_minor),
    CONSTRAINT payments_refunded CHECK (
        refunded_minor >= 0 AND refunding_minor >= 0 AND refunded_minor + refunding_minor <= captured_minor
    )
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
