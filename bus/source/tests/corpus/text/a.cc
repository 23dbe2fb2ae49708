// trail:validates X-1 AC-1
TEST(Export, Works) {
}

/*
 * trail:implements X-1 AC-2, AC-3@4
 */
int main(int argc) {
  const char *s = "// trail:validates X-1 AC-9";
}
// trail:validates X-1 AC-4
