-- A percentage off the goods.
CREATE TABLE coupons (
    code VARCHAR(40) NOT NULL PRIMARY KEY,
    basis_points INT NOT NULL,
    valid_until DATETIME(6) NULL,
    CONSTRAINT coupons_share CHECK (basis_points BETWEEN 1 AND 10000)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
