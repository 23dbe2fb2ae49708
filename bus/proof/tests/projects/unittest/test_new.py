import shop_new
import unittest
