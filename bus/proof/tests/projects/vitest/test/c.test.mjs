test(
