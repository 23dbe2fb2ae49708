import unittest

import trail


@trail.validates(work_item="SHOP-1", criterion="AC-1")
class Adds(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(1 + 1, 2)

    @trail.validates(work_item="SHOP-1", criterion="AC-2")
    def test_wrong(self):
        self.assertEqual(1 + 1, 3)

    def test_crashes(self):
        {}["no"]

    @unittest.skip("slow")
    def test_skipped(self):
        pass

    def test_rows(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(i % 2, 0)

    def test_imports(self):
        import no_such_module

    @unittest.expectedFailure
    def test_expected(self):
        self.assertEqual(1, 2)

    @unittest.expectedFailure
    def test_unexpected(self):
        pass
