import { MOUNTED_DOORS } from '../helpers/doors.ts';
import { testDoors } from './table.ts';

testDoors(MOUNTED_DOORS);
