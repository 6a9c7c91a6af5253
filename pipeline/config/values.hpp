// Reading one typed value out of a Node.
#pragma once
