INSERT INTO coupons (code, basis_points) VALUES ('WELCOME10', 1000);
